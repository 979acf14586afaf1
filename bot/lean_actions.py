"""Call our actions without having the form of their answer checked against its own schema.

Rasa checks, for every action, first that its JSON schema of an action's answer is a valid schema
and then the answer: the first takes 20 ms and can only come out one way. Here the schema is checked
once. Held by tests/contracts/test_lean_rasa.py.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from rasa.core.actions.action import Action, RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import OutputChannel
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker


class LocalAction(RemoteAction):  # type: ignore[misc]
    """An action of ours; its answer is held against the same schema as any remote action's."""

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        _answer_schema().validate(result)
        return True


class LocalForm(FormAction):  # type: ignore[misc]
    """A form whose answers are read by an action of ours."""

    async def validate_slots(
        self,
        slot_candidates: dict[str, Any],
        tracker: DialogueStateTracker,
        domain: Domain,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
    ) -> list[SlotSet | Event]:
        name = f"validate_{self.name()}"
        if name not in domain.action_names_or_texts:
            return []
        filled = [SlotSet(slot, value) for slot, value in slot_candidates.items()]
        known = self._temporary_tracker(tracker, filled, domain)
        check = LocalAction(name, self.action_endpoint)
        return list(await check.run(output_channel, nlg, known, domain))


def localised(action: Action) -> Action:
    """The same action, called here."""
    if type(action) is RemoteAction:
        return LocalAction(action.name(), action.action_endpoint)
    if type(action) is FormAction:
        return LocalForm(action.name(), action.action_endpoint)
    return action


@lru_cache(maxsize=1)
def _answer_schema() -> Draft202012Validator:
    schema = RemoteAction.action_response_format_spec()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)
