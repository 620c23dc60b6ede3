# make build   bin/holdfast, for this machine, built as what is released
# make dist    the binaries that are released
# make test    every test that this machine can run
# make bench   the figures of docs/benchmarks.md
# make generate what is generated: lists, roles, control pages

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo development)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS  = -s -w -X main.version=$(VERSION) -X main.commit=$(COMMIT)
PLATFORMS = linux/amd64 linux/arm64 darwin/arm64

.PHONY: build dist test bench generate lint clean

build:
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/holdfast ./cmd/holdfast

dist:
	for platform in $(PLATFORMS); do \
		CGO_ENABLED=0 GOOS=$${platform%/*} GOARCH=$${platform#*/} go build -trimpath -ldflags '$(LDFLAGS)' \
			-o dist/holdfast-$${platform%/*}-$${platform#*/} ./cmd/holdfast || exit 1; \
	done

test:
	./tools/test

bench:
	./tools/bench

generate:
	go generate ./...

lint:
	gofmt -l . | (! grep .)
	go vet ./...

clean:
	rm -rf bin dist
