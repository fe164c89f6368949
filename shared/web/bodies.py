"""What a request may carry: judged before any view, or the check of forged forms, looks into it."""

from flask import Flask, request
from gunicorn.http.errors import ParseException
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

MAX_FORM_BYTES = 256 * 1024
MAX_FORM_FIELDS = 2000
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def limit(app: Flask) -> None:
    """Makes the app refuse forms that are too long (413), have too many fields (413) or cannot be read (400)."""
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES, MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES, MAX_FORM_PARTS=MAX_FORM_FIELDS
    )
    app.before_request(_check)


def _check() -> None:
    if request.mimetype not in FORMS:
        # No form: a view that reads it all the same says itself how much it takes.
        return
    _read()
    # Werkzeug counts the parts of multipart forms, but not the fields of others.
    if sum(map(len, request.form.listvalues())) > MAX_FORM_FIELDS:
        raise RequestEntityTooLarge
    # It takes a part without a name for a field called None, on which whatever looks for a name stumbles.
    if not all(request.form):
        raise BadRequest


def _read() -> None:
    """Reads the whole body. Werkzeug would cut one that does not say its length at the limit, and take what is left."""
    try:
        request.get_data(parse_form_data=True)
        ends_itself = request.content_length is None and request.environ.get("wsgi.input_terminated")
        if ends_itself and request.environ["wsgi.input"].read(1):
            raise RequestEntityTooLarge
    except (ParseException, OSError) as error:
        # The server's own errors: pieces of a body whose lengths make no sense, or that broke off.
        raise BadRequest from error
