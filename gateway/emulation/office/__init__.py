"""Office documents in the guest: what they hold, the applications' objects, their macros run."""
