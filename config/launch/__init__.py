"""The one-command start: servers, provisioning, then web, worker and beat under one supervisor."""
