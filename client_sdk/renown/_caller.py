"""One unary call as often as it takes: retries, deadline, typed errors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TypeVar

import grpc.aio
from google.protobuf.message import Message

from renown._channels import SpreadChannel
from renown._error import ClientClosed, RenownError
from renown._retry import RetryPolicy
from renown._status import from_rpc_error

RequestT = TypeVar("RequestT", bound=Message)
ResponseT = TypeVar("ResponseT", bound=Message)


@dataclass(frozen=True, slots=True)
class Caller:
    """Sends unary calls by one policy.

    Attributes:
        channel: the connections.
        policy: how to retry.
        timeout_s: how long a call may take in all, unless it says otherwise.
    """

    channel: SpreadChannel
    policy: RetryPolicy
    timeout_s: float

    async def call(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[RequestT, ResponseT],
        request: RequestT,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - it is the call's deadline, sent along
        attempt_timeout_s: float | None = None,
        request_id: str = "",
    ) -> ResponseT:
        """Sends a request until it is answered, and returns the answer.

        Every attempt sends the same message, with the id in it.

        Args:
            method: the stub's method.
            request: the message.
            timeout: seconds for all attempts together.
            attempt_timeout_s: seconds for one attempt, instead of the policy's.
            request_id: the id in the message, for the error to name.

        Raises:
            RenownError: the answer of the last attempt.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + (self.timeout_s if timeout is None else timeout)
        longest = self.policy.attempt_timeout_s if attempt_timeout_s is None else attempt_timeout_s
        for attempt in range(1, self.policy.max_attempts + 1):
            try:
                return await self._attempt(method, request, min(longest, deadline - clock()))
            except grpc.aio.AioRpcError as cause:
                error = from_rpc_error(cause, request_id)
                pause_s = self._pause_s(error, attempt, deadline - clock())
                if pause_s is None:
                    if attempt > 1:
                        error.add_note(f"renown: gave up after {attempt} attempts")
                    raise error from cause
            await asyncio.sleep(pause_s)
        raise AssertionError("the last attempt returns or raises")

    async def _attempt(
        self,
        method: grpc.aio.UnaryUnaryMultiCallable[RequestT, ResponseT],
        request: RequestT,
        timeout_s: float,
    ) -> ResponseT:
        self.channel.check_open()
        try:
            return await method(request, timeout=timeout_s)
        except asyncio.CancelledError:
            # Closing the channel cancels its calls, and looks as if the
            # caller's task had been cancelled. It was not.
            task = asyncio.current_task()
            if self.channel.closed and task is not None and not task.cancelling():
                raise ClientClosed from None
            raise

    def _pause_s(self, error: RenownError, attempt: int, remaining_s: float) -> float | None:
        """Returns how long to wait before the next attempt; None if there is none."""
        if not error.retryable or attempt >= self.policy.max_attempts:
            return None
        pause_s = self.policy.backoff_s(attempt, error)
        return pause_s if pause_s < remaining_s else None
