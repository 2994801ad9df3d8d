#!/usr/bin/env python
"""Django's command line. Beside a running ``./run`` it finds that start's servers; ``explain`` needs none."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] not in (["explain"], ["provision"]):
        from config.launch.running import use_running_servers

        use_running_servers()
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
