"""files.*: upload in three steps. A file is usable only a while after its completion, as at Slack."""

from __future__ import annotations

import secrets
from pathlib import PurePosixPath
from typing import Any

from bot.playground.arguments import Arguments
from bot.playground.methods.content import thread, writable
from bot.playground.slack_error import Json, SlackError, invalid_arguments
from bot.playground.world import StoredFile, World

MIME = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "csv": "text/csv",
    "pdf": "application/pdf",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
MOST_BYTES = 20_000_000
FILES_AT_ONCE = 10


def get_upload_url(world: World, given: Arguments) -> Json:
    name = given.required("filename")
    length = given.count("length", 0, MOST_BYTES)
    if not length:
        raise invalid_arguments("missing required field: length")
    file = StoredFile(
        id=f"F0{secrets.token_hex(4).upper()}",
        name=name,
        length=length,
        alt=given.text("alt_txt"),
        upload_key=secrets.token_urlsafe(16),
    )
    world.files[file.id] = file
    url = f"{world.config.base_url.rstrip('/')}/upload/v1/{file.upload_key}"
    return {"ok": True, "upload_url": url, "file_id": file.id}


def take_bytes(world: World, key: str, content: bytes) -> str:
    """The second step: what the upload URL answers to the file's bytes."""
    file = next((each for each in world.files.values() if each.upload_key == key), None)
    if file is None or file.content is not None:
        raise SlackError("upload_not_found", status=404)
    if len(content) != file.length:
        raise SlackError(f"expected {file.length} bytes, got {len(content)}", status=400)
    file.content = content
    return f"OK - {len(content)}"


def complete_upload(world: World, given: Arguments) -> Json:
    files = [_uploaded(world, entry) for entry in _listed(given)]
    rooms = [writable(world, room_id) for room_id in _rooms(given)]
    for room in rooms:
        if room.partner and room.partner in _rooms(given):
            # python-slack-sdk issue 1426: a person's id is no channel here
            raise SlackError("channel_not_found")
    parents = [thread(room, given) for room in rooms]
    for room in rooms:
        world.pacing.spend(room.id)  # refused before anything is done
    for file, title in files:
        file.title = title or file.name
        file.ready_at = world.now() + world.config.limits.file_ready_seconds
    shown = [file_json(world, file) for file, _ in files]
    for room, parent in zip(rooms, parents, strict=True):
        world.post(
            room, world.from_bot(text=given.text("initial_comment"), files=shown, upload=True, **parent)
        )
        for file, _ in files:
            file.rooms.append(room.id)
    return {"ok": True, "files": [file_json(world, file) for file, _ in files]}


def info(world: World, given: Arguments) -> Json:
    file = world.files.get(given.required("file"))
    if file is None or file.ready_at is None:
        raise SlackError("file_not_found")
    paging: Json = {"comments": [], "response_metadata": {"next_cursor": ""}}
    return {"ok": True, "file": file_json(world, file), **paging}


def kind_of(file: StoredFile) -> str:
    """The mimetype that Slack would find out."""
    return MIME.get(PurePosixPath(file.name).suffix.lower().removeprefix("."), "application/octet-stream")


def file_json(world: World, file: StoredFile) -> Json:
    """A file object; mimetype and filetype stay empty until the file is ready."""
    is_ready = world.is_ready(file)
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "alt_txt": file.alt,
        "size": file.length,
        "mimetype": kind_of(file) if is_ready else "",
        "filetype": PurePosixPath(file.name).suffix.lower().removeprefix(".") if is_ready else "",
        "url_private": world.file_url(file),
        "channels": list(file.rooms),
        "created": int(file.ready_at or 0),
    }


def _listed(given: Arguments) -> list[Any]:
    files = given.data("files", "invalid_arguments")
    if not isinstance(files, list) or not 1 <= len(files) <= FILES_AT_ONCE:
        raise invalid_arguments(f"files must be an array of 1 to {FILES_AT_ONCE} items")
    return files


def _uploaded(world: World, entry: Any) -> tuple[StoredFile, str]:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise invalid_arguments("missing required field: id [json-pointer:/files]")
    file = world.files.get(entry["id"])
    if file is None or file.content is None:
        raise SlackError("file_not_found")
    if file.ready_at is not None:  # an upload is completed once; shared again, a file would stand there twice
        raise SlackError("file_update_failed")
    return file, str(entry.get("title") or "")


def _rooms(given: Arguments) -> list[str]:
    if given.has("channel_id"):
        return [given.text("channel_id")]
    return [each for each in given.text("channels").split(",") if each]
