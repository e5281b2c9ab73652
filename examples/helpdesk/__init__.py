"""
A help desk on grantkit: a vendor's agents, six customers, and six ways in which these let support in.

Run it from the root of the repository: ``python -m examples.helpdesk --clock``.
"""
