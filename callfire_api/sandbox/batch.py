"""A group of people on their way into a broadcast."""

from dataclasses import dataclass, field

from .exchange import Json


@dataclass
class Batch:
    """``newcomers`` wait here while the batch is validated; ``arrived`` says that this is over."""

    id: int
    position: int
    name: str
    created: float
    size: int
    validates_at: float = 0.0
    ready_at: float = 0.0
    visible_at: float = 0.0
    outcome: str = "ACTIVE"
    enabled: bool = True
    scrub_duplicates: bool = False
    arrived: bool = True
    newcomers: list[Json] = field(default_factory=list)

    def status(self, now: float) -> str:
        if self.arrived:
            return self.outcome
        return "VALIDATING" if now >= self.validates_at else "NEW"
