from customers.models.contact import Address, Contact
from customers.models.customer import Customer
from customers.models.terms import PaymentTerm, PaymentTermPart

__all__ = ["Address", "Contact", "Customer", "PaymentTerm", "PaymentTermPart"]
