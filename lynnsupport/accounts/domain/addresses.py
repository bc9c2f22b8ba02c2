"""One spelling for each e-mail address, so that a person is one login and one contact."""


def fold_address(text: str) -> str:
    """`text` without surrounding blanks, in lower case where it is plain ASCII.

    Anything else stays as it is: `str.lower` turns some letters of other scripts into ASCII ones (the
    Kelvin sign into k), and a look-alike must never become somebody's address.
    """
    bare = text.strip()
    return bare.lower() if bare.isascii() else bare
