"""ImageChange triggers of a BuildConfig. What follows an istag is `lastTriggeredImageID`, where the key is written.

| a trigger                                | effect                                                                  |
| ---------------------------------------- | ----------------------------------------------------------------------- |
| with `from`                              | it follows that istag                                                   |
| without `from`                           | it follows the `from` of the strategy, which has to be an ImageStreamTag |
| two without `from`                       | OpenShift refuses the object: neither follows anything                  |
| `paused: true`                           | its value is not written                                                |
| without `lastTriggeredImageID`           | nothing is written                                                      |

Despite its name the value is a pull spec (OpenShift).
"""

from __future__ import annotations

from reconciler.errors import InputError
from reconciler.model.name import IstagName
from reconciler.rules.config_trigger import (
    IMAGE_CHANGE,
    ConfigTriggers,
    Entry,
    FollowedValue,
    entries,
    flag,
    istag_of,
)
from reconciler.rules.table import Hit
from reconciler.rules.trigger_target import at

API_GROUPS = frozenset({"", "build.openshift.io"})
NOTED = "lastTriggeredImageID of a BuildConfig"
WHY_NOTED = (
    "It is written with its istag. A cluster that has the same image stream starts no build of its own for that image. "
    "Take the key out if it should."
)
"""What a person should know about a BuildConfig that has the key, and what to do."""
_LAST = "lastTriggeredImageID"
_TYPES = frozenset({IMAGE_CHANGE, "imageChange"})
"""The second is the spelling of the first version, which OpenShift still reads."""
_PARAMS = "imageChange"
_STRATEGIES = ("sourceStrategy", "dockerStrategy", "customStrategy")


def build_config(plain: object, namespace: str) -> ConfigTriggers:
    """What the triggers of a BuildConfig say; `namespace` is its own."""
    found = ConfigTriggers()
    read = list(entries(plain, _PARAMS, _TYPES))
    found.hits.extend(each for each in read if isinstance(each, Hit))
    triggers = [each for each in read if isinstance(each, Entry)]
    default = [each for each in triggers if each.params.get("from") is None]
    if len(default) > 1:
        numbers = f"{default[0].number} and {default[1].number}"
        text = f"triggers {numbers} both follow the from of the strategy. Keep one of them, or write another from."
        found.hits.append(Hit("duplicate-trigger", default[1].path, text, at_key=True))
    for each in triggers:
        paused = flag(each, "paused", found)
        istag = _istag(each, plain, namespace, found)
        is_clear = each.params.get("from") is not None or len(default) == 1
        if istag is not None and is_clear and paused is not None and isinstance(each.params.get(_LAST), str):
            which = "strategy" if each.params.get("from") is None else str(istag)
            identity = f"spec.triggers[{which}].{_PARAMS}.{_LAST}"
            found.followed.append(FollowedValue((*each.path, _LAST), istag, identity, paused))
            found.noted.extend([] if paused else [(*each.path, _LAST)])
    return found


def _istag(entry: Entry, plain: object, namespace: str, found: ConfigTriggers) -> IstagName | None:
    own = entry.params.get("from")
    strategies = (at(plain, ("spec", "strategy", each, "from")) for each in _STRATEGIES)
    source = own if own is not None else next((each for each in strategies if each is not None), None)
    try:
        istag = istag_of(source, namespace)
    except InputError as error:
        whose = "" if own is not None else " follows the from of the strategy and"
        found.hits.append(entry.hit("trigger-source", f"{whose} is passed over: {error}"))
        return None
    found.named.append((entry.number, istag))
    return istag
