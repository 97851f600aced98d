"""Everything that changes a company, its people and its settings."""

from core.operations.bank_accounts import BankAccountTaken, save_bank_account
from core.operations.create_company import CompanyRefused, SlugTaken, create_company
from core.operations.erase_company import erase_company
from core.operations.invitations import (
    AlreadyInvited,
    InvitationOver,
    SignInFirst,
    TooManyInvited,
    WrongPerson,
    accept_as,
    accept_as_new,
    invite_person,
    renew_invitation,
    withdraw_invitation,
)
from core.operations.numbers_and_rates import RateRefused, save_number_formats, set_rate
from core.operations.people import (
    AdminSeesAll,
    AlreadyMember,
    LastAdmin,
    NoRole,
    TeamMissing,
    add_person,
    change_person,
    find_or_make_person,
    set_password_path,
)
from core.operations.update_company import update_company

__all__ = [
    "AdminSeesAll",
    "AlreadyInvited",
    "AlreadyMember",
    "BankAccountTaken",
    "CompanyRefused",
    "InvitationOver",
    "LastAdmin",
    "NoRole",
    "RateRefused",
    "SignInFirst",
    "SlugTaken",
    "TeamMissing",
    "TooManyInvited",
    "WrongPerson",
    "accept_as",
    "accept_as_new",
    "add_person",
    "change_person",
    "create_company",
    "erase_company",
    "find_or_make_person",
    "invite_person",
    "renew_invitation",
    "save_bank_account",
    "save_number_formats",
    "set_password_path",
    "set_rate",
    "update_company",
    "withdraw_invitation",
]
