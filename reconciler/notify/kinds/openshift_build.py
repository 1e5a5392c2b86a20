"""OpenShift: the Generic webhook of a BuildConfig, which starts a build; its address has a secret in it.

The body is a `GenericWebHookEvent` (build.openshift.io/v1) with the environment of the build, which the webhook takes
where `allowEnv` is set.
"""

from __future__ import annotations

from typing import Final

from reconciler.notify.kind import Delivery, HttpKind, json_request
from reconciler.notify.kinds.gitlab import variables_of
from reconciler.transport.message import HttpRequest


def _request(delivery: Delivery) -> HttpRequest:
    variables = variables_of(delivery.notification)
    return json_request(delivery, {"env": [{"name": name, "value": value} for name, value in variables.items()]})


KIND: Final = HttpKind("openshift-build", _request)
