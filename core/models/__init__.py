from core.models.audit import AuditEntry
from core.models.company import BankAccount, ExchangeRate
from core.models.file import StoredFile
from core.models.job import Job, JobRow
from core.models.numbering import NumberFormat, NumberSeries
from core.models.submission import Submission
from core.models.tenant import Membership, Tenant, User

__all__ = [
    "AuditEntry",
    "BankAccount",
    "ExchangeRate",
    "Job",
    "JobRow",
    "Membership",
    "NumberFormat",
    "NumberSeries",
    "StoredFile",
    "Submission",
    "Tenant",
    "User",
]
