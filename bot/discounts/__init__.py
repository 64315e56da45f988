"""Discounts: who may have a code, who has one, and what became of it. A code has one owner and a member one code."""
