"""A module per server, with `serve(ready)`: it calls `ready` with its address, and serves until the process ends.

Each answers with what it was asked.
"""
