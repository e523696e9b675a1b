"""Calls over asyncio. The public names are in the package `rapace`; `sync` has modules of the same names that block."""
