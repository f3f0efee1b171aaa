# ruff: noqa
# What the rules of python.yml must find (ruleid) and must leave alone (ok). It is read, never run.

# ruleid: pickle
import pickle

# ruleid: pickle
from joblib import load

# ruleid: random-for-secrets
import random
import secrets

# ruleid: xml-parser
import xml.etree.ElementTree as tree

# ruleid: xml-parser
from xml.sax import parse

# ok: xml-parser
from xml.sax.saxutils import escape

# ruleid: base-http-middleware
from starlette.middleware.base import BaseHTTPMiddleware


# ruleid: pickle
np.load(path, allow_pickle=True)
# ok: pickle
np.load(path, allow_pickle=False)

# ruleid: yaml-load
yaml.load(text)
# ok: yaml-load
yaml.safe_load(text)

# ruleid: shell
subprocess.run(f"ls {folder}", shell=True)
# ruleid: shell
os.system("ls")
# ok: shell
subprocess.run(["ls", folder])

# ruleid: sql-from-strings
connection.execute(f"select * from people where name = '{name}'")
# ruleid: sql-from-strings
connection.execute(text(f"select * from {table}"))
# ruleid: sql-from-strings
connection.exec_driver_sql("select * from people where name = '%s'" % name)
# ruleid: sql-from-strings
connection.execute("select * from people where name = " + name)
# ok: sql-from-strings
connection.execute(text("select * from people where name = :name"), {"name": name})
# ok: sql-from-strings
connection.execute(select(people).where(people.c.name == name))

# ruleid: certificates-unchecked
httpx.get(address, verify=False)
# ok: certificates-unchecked
httpx.get(address, verify=context)

# ruleid: secret-in-log
_log.warning("No such token: %s", token)
# ruleid: secret-in-log
_log.info("Asked with %s", request.headers)
# ruleid: secret-in-log
_log.info(f"Asked with {settings.database_url}")
# ok: secret-in-log
_log.info("Token %s was revoked", token.key)

# ruleid: query-in-log
_log.info("Asked %s", request.url)
# ruleid: query-in-log
_log.info("Asked %s", scope["query_string"])
# ok: query-in-log
_log.info("Asked %s", scope["path"])

# ruleid: autoescape-off
jinja2.Environment(loader=loader, autoescape=False)
# ruleid: autoescape-off
Environment(loader=loader)
# ok: autoescape-off
Environment(loader=loader, autoescape=True)


async def signed_in(request, next: str):
    if not next:
        # ok: open-redirect
        return RedirectResponse("/")
    if trusting:
        # ruleid: open-redirect
        return RedirectResponse(next, 303)
    # ok: open-redirect
    return RedirectResponse(own_path(next), 303)


def back_again(request):
    where = request.query_params.get("next", "/")
    # ruleid: open-redirect
    return RedirectResponse(where)


# ok: random-for-secrets
secrets.token_urlsafe(32)

# ruleid: eval
eval(text)
# ruleid: eval
exec(text)

# ruleid: weak-hash-of-secret
hashlib.md5(password)
# ok: weak-hash-of-secret
hashlib.sha256(password)

# ruleid: secrets-compared-plainly
if given.csrf == expected:
    pass
# ok: secrets-compared-plainly
if hmac.compare_digest(given.csrf, expected):
    pass
# ok: secrets-compared-plainly
if kind == "secret":
    pass

# ruleid: archive-unpacked-anywhere
archive.extractall(folder)
# ok: archive-unpacked-anywhere
archive.extractall(folder, filter="data")


# ruleid: base-http-middleware
@app.middleware("http")
async def slow(request, call_next):
    return await call_next(request)
