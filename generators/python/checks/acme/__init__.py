"""A package of a user's, whose types stand for those of services."""
