"""Requests and answers about streams from encoders."""

from pydantic import Field

from control_api.api.envelopes import Body, View
from control_api.encoders.models import EncoderWish
from control_api.streams.views import Description, Title


class EncoderWishRequest(Body):
    title: Title
    description: Description
    record: bool
    take_over: bool = Field(description="Whether a second encoder takes over from the first, or is refused.")


class EncoderWishView(View):
    title: str
    description: str
    record: bool
    take_over: bool

    @classmethod
    def of(cls, wish: EncoderWish) -> "EncoderWishView":
        return cls(title=wish.title, description=wish.description, record=wish.record, take_over=wish.take_over)
