"""Services that this side implements: handlers, and what runs their methods. What is public is in the package."""
