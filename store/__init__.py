"""Where everything is kept: tables, repositories, unit of work, migrations and the demo seed."""
