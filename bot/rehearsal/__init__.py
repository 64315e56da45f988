"""The rehearsal: the real bot on make-believe Discord, in a browser, without a token.

What it needs beyond the live bot is imported when it runs, never before.
"""

import sys


def main(port: int | None = None, open_browser: bool = True) -> int:
    """Run the rehearsal until Ctrl-C. Returns 0, or 1 after one sentence on standard error."""
    from bot.errors import OperatorError
    from bot.rehearsal.run import rehearse

    try:
        rehearse(port, open_browser)
    except OperatorError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    except KeyboardInterrupt:
        sys.stdout.write("\nThe curtain is down. Nothing of this rehearsal is kept.\n")
    return 0
