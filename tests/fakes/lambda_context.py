"""What Lambda hands to a handler besides its event."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LambdaContext:
    function_name: str = "fanfold"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:123456789012:function:fanfold"
    aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:
        return 280_000
