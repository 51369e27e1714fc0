# SPDX-FileCopyrightText: The chatops.rocketchat authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a controller takes as a survey, and as the answers to one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_DEFAULTS: dict[str, type | tuple[type, ...]] = {
    "text": str,
    "textarea": str,
    "password": str,
    "multiplechoice": str,
    "multiselect": str,
    "integer": int,
    "float": (float, int),
}


def survey_problems(survey: Mapping[str, Any]) -> list[str]:
    """Why a controller would refuse this survey."""
    problems = [f"{key} is missing" for key in ("name", "description") if not isinstance(survey.get(key), str)]
    questions = survey.get("spec")
    if not isinstance(questions, list) or not questions:
        return [*problems, "spec has no questions"]
    seen: set[str] = set()
    for number, question in enumerate(questions):
        problems += [f"{number}: {problem}" for problem in _question_problems(question, seen)]
        seen.add(str(question.get("variable")))
    return problems


def _question_problems(question: Mapping[str, Any], seen: set[str]) -> list[str]:
    problems = [
        f"{key} must be {kind.__name__}"
        for key, kind in {"type": str, "question_name": str, "variable": str, "required": bool}.items()
        if not isinstance(question.get(key), kind)
    ]
    if problems:
        return problems
    kind = question["type"]
    if kind not in _DEFAULTS:
        return [f"there is no type {kind}"]
    if question["variable"] in seen:
        problems.append(f"{question['variable']} is asked twice")
    if question.get("default", "") != "" and not isinstance(question["default"], _DEFAULTS[kind]):
        problems.append("the default has another type")
    problems += [f"{key} must be int" for key in ("min", "max") if not isinstance(question.get(key, 0), int)]
    if kind in ("multiplechoice", "multiselect"):
        choices = question.get("choices")
        if not isinstance(choices, list) or not all(isinstance(choice, str) for choice in choices):
            problems.append("choices must be texts")
        elif set(str(question.get("default", "")).splitlines()) - set(choices):
            problems.append("the default is no choice")
    return problems


def answer_problems(survey: Mapping[str, Any], answers: Mapping[str, Any]) -> list[str]:
    """Why a controller would not start a job with these answers; nothing but answers may be given."""
    asked = {question["variable"]: question for question in survey["spec"]}
    problems = [f"{name} is not asked for" for name in set(answers) - set(asked)]
    for name, question in asked.items():
        if name not in answers:
            problems += [f"{name} is missing"] if question["required"] else []
            continue
        answer, kind = answers[name], question["type"]
        if kind in ("text", "textarea", "password"):
            if not isinstance(answer, str):
                problems.append(f"{name} must be a text")
            elif not question.get("min", 0) <= len(answer) <= question.get("max", len(answer)):
                problems.append(f"{name} has {len(answer)} characters")
        elif kind == "multiplechoice" and answer not in question["choices"]:
            problems.append(f"{name} must be one of {question['choices']}")
        elif kind == "integer":
            if not isinstance(answer, int) or isinstance(answer, bool):
                problems.append(f"{name} must be a number")
            elif not question.get("min", answer) <= answer <= question.get("max", answer):
                problems.append(f"{name} is out of bounds")
    return problems


def defaults(survey: Mapping[str, Any]) -> dict[str, Any]:
    """The defaults that a controller adds to what is not answered: those that would pass as answers."""
    found = {}
    for question in survey["spec"]:
        if "default" in question:
            alone = {"spec": [question]}
            if not answer_problems(alone, {question["variable"]: question["default"]}):
                found[question["variable"]] = question["default"]
    return found
