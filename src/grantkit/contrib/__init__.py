"""
Adapters: each needs its framework, an extra of the same name, and is imported by nobody but the host.

``grantkit.contrib.starlette`` and ``grantkit.contrib.fastapi`` share :mod:`grantkit.contrib.problems`, which knows HTTP
and no framework. ``grantkit.contrib.email`` sends notices by SMTP, on the standard library alone.
"""
