"""The client of a service that erases what it stores of people (erasing.py)."""

from typing import Any

from servicekit.erasing import ErasureTask, Step
from servicekit.grpc_client import call


class GrpcTasks:
    """The port Tasks over gRPC. `stub` and `pb`: the generated code of the service that keeps erasures, which this package does not
    import."""

    def __init__(self, service: str, stub: Any, pb: Any) -> None:
        self._service, self._stub, self._pb = service, stub, pb

    async def waiting(self) -> list[ErasureTask]:
        answer = await call(self._stub.ListErasures, self._pb.ListErasuresRequest(service=self._service))
        return [ErasureTask(task.person_id, task.desk_id, task.customer, tuple(task.texts), task.after) for task in answer.tasks]

    async def report(self, person_id: str, step: Step) -> None:
        fields = {"person_id": person_id, "service": self._service, "changed": step.changed, "after": step.after}
        await call(self._stub.ReportErasure, self._pb.ReportErasureRequest(**fields))
