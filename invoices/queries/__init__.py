"""Questions about bills that span tables, or are asked by pages."""

from invoices.queries.lists import counts_of_work, for_list

__all__ = ["counts_of_work", "for_list"]
