"""Later."""


def run(bench):
    pass
