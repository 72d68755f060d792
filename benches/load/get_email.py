"""Fetches a mailbox as django-helpdesk does, with its own `get_email`, into a fresh SQLite database.

Arguments: an empty folder, then host, port, user and password of the IMAP server. Prints the seconds that it took, without
the start and the tables, and how many tickets and follow-ups came of it.
"""

import sys
import time
from pathlib import Path

import django
from django.conf import settings

folder, host, port, user, password = sys.argv[1:]
settings.configure(
    SECRET_KEY="of the benchmark",
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.humanize",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.sites",
        "rest_framework",
        "helpdesk",
    ],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(Path(folder) / "helpdesk.db")}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    LOGGING_CONFIG=None,
    MEDIA_ROOT=str(Path(folder) / "media"),
    MEDIA_URL="/media/",
    ROOT_URLCONF=__name__,
    SITE_ID=1,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    USE_TZ=True,
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_KBITEM_TEAM_GETTER=lambda _: None,
)
django.setup()

from django.core.management import call_command  # noqa: E402: only after the set-up
from django.urls import include, path  # noqa: E402
from helpdesk.models import FollowUp, Queue, Ticket  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls", namespace="helpdesk"))]
call_command("migrate", verbosity=0)
Queue.objects.create(
    title="Service",
    slug="service",
    email_address=user,
    allow_email_submission=True,
    email_box_type="imap",
    email_box_host=host,
    email_box_port=int(port),
    email_box_user=user,
    email_box_pass=password,
    email_box_imap_folder="INBOX",
    email_box_interval=0,
    logging_type="none",
)
begin = time.perf_counter()
call_command("get_email", quiet=True)
print(time.perf_counter() - begin, Ticket.objects.count(), FollowUp.objects.count())
