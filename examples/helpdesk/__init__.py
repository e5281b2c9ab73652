"""
A help desk on grantkit: a vendor's agents, five customers, and five ways in which these let support in.

Run it from the root of the repository: ``python -m examples.helpdesk --clock``.
"""
