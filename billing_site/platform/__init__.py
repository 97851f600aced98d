"""The operator's pages: which companies there are and how their work goes; nothing of their books.

A company's figures are counted inside its own scope, one company after the other, a page of them
at a time: row-level security holds for the operator as for everybody. What is counted over all
companies comes from ``app.work_figures``, which returns numbers alone.
"""
