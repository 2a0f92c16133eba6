"""Schedules: work that is started again and again, at times of EventBridge Scheduler's own syntax."""
