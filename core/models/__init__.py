from core.models.address import AddressChange
from core.models.audit import AuditEntry
from core.models.beginning import ChecklistMark, Mark, SignUp
from core.models.company import BankAccount, ExchangeRate
from core.models.file import StoredFile
from core.models.imports import FileImport, FileImportRow
from core.models.invitation import Invitation
from core.models.job import Job, JobResult, JobRow
from core.models.lists import ListPreference, SavedView
from core.models.logo import Logo
from core.models.note import Note
from core.models.numbering import NumberFormat, NumberSeries
from core.models.recent import Recent
from core.models.submission import Submission
from core.models.team import Team
from core.models.tenant import Membership, Tenant, User

__all__ = [
    "AddressChange",
    "AuditEntry",
    "BankAccount",
    "ChecklistMark",
    "ExchangeRate",
    "FileImport",
    "FileImportRow",
    "Invitation",
    "Job",
    "JobResult",
    "JobRow",
    "ListPreference",
    "Logo",
    "Mark",
    "Membership",
    "Note",
    "NumberFormat",
    "NumberSeries",
    "Recent",
    "SavedView",
    "SignUp",
    "StoredFile",
    "Submission",
    "Team",
    "Tenant",
    "User",
]
