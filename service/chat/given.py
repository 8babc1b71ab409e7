"""What chat tools send: what is null counts as left out."""

from typing import Any

from pydantic import BaseModel, model_validator


class Given(BaseModel):
    """A part of a request."""

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, values: Any) -> Any:
        return {name: one for name, one in values.items() if one is not None} if isinstance(values, dict) else values
