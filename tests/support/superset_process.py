"""A Superset with nothing in it, on a free loopback port until its input ends.

Run with the Python of Superset's own environment: ``superset_process.py FOLDER PASSWORD``. It does what its
installation guide says (``superset db upgrade``, ``superset fab create-admin``, ``superset init``), in one
process, because each of these takes seconds to start. Then it prints its port.
"""

from __future__ import annotations

import os
import secrets
import sys
import threading
from pathlib import Path

CONFIG = """
import pymysql

# Superset looks into MySQLdb, whatever the driver; mysqlclient, which has it, must be compiled.
pymysql.install_as_MySQLdb()
SECRET_KEY = {secret!r}
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
# Superset refuses SQLite as a source of data unless told that its users may read files of the server.
PREVENT_UNSAFE_DB_CONNECTIONS = False
# The test signs in with a bearer token, without a browser's cookies.
WTF_CSRF_ENABLED = False
# It signs in once, however long the tests take on a busy machine.
JWT_ACCESS_TOKEN_EXPIRES = False
"""


def main(folder: Path, password: str) -> None:
    """Set up and serve."""
    config = folder / "superset_config.py"
    config.write_text(CONFIG.format(secret=secrets.token_hex(32), folder=folder), encoding="utf-8")
    os.environ |= {"SUPERSET_CONFIG_PATH": str(config), "SUPERSET_HOME": str(folder)}
    from superset.app import create_app
    from superset.cli.main import superset
    from werkzeug.serving import make_server

    app = create_app()
    admin = ["--username", "admin", "--password", password, "--email", "admin@example.com"]
    for command in (
        ["db", "upgrade"],
        ["fab", "create-admin", "--firstname", "Ad", "--lastname", "Min", *admin],
        ["init"],
    ):
        done = app.test_cli_runner().invoke(superset, command, catch_exceptions=False)
        if done.exit_code:
            sys.exit(f"superset {' '.join(command[:2])}: {done.output}")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("port", server.server_port, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
