"""Money as a user has it."""

from dataclasses import dataclass
from decimal import Decimal
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Money:
    """An amount in the main unit of its currency."""

    amount: Decimal
    currency: str


def from_wire(money: Any) -> Money:
    """What the service sends: `presented.types.Money`."""
    if not money.currency:
        raise ValueError("money without a currency")
    return Money(Decimal(money.minor).scaleb(-2), money.currency)


def to_wire(money: Money) -> Any:
    """What the service takes: `presented.types.Money`."""
    types = import_module("presented.types")  # which imports this module
    minor = money.amount.scaleb(2)
    if minor != minor.to_integral_value():
        raise ValueError(f"{money.amount} has fractions of a cent")
    return types.Money(int(minor), money.currency)
