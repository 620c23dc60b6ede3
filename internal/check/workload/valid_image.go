package workload

import "strings"

// validImage reports whether a container runtime can parse an image name, by the
// grammar of github.com/distribution/reference.
func validImage(image string) bool {
	registry, rest := splitImage(image)
	name, digest, hasDigest := strings.Cut(rest, "@")
	if hasDigest && !validDigest(digest) {
		return false
	}
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		if !validTag(name[i+1:]) {
			return false
		}
		name = name[:i]
	}
	switch {
	case len(name) > 255, !validRepository(name):
		return false
	case registry == "":
		return !looksLikeID(name) || hasDigest || name != rest
	default:
		// What looks like a registry and cannot be one is part of the name.
		return validRegistry(registry) || validRepository(registry+"/"+name)
	}
}

// looksLikeID reports whether a name could be the identifier of a local image.
func looksLikeID(name string) bool {
	return len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

func validDigest(digest string) bool {
	algorithm, encoded, _ := strings.Cut(digest, ":")
	if strings.Trim(encoded, "0123456789abcdef") != "" {
		return false
	}
	switch algorithm {
	case "sha256":
		return len(encoded) == 64
	case "sha384":
		return len(encoded) == 96
	case "sha512":
		return len(encoded) == 128
	default:
		return false
	}
}

func validTag(tag string) bool {
	if tag == "" || len(tag) > 128 || tag[0] == '.' || tag[0] == '-' {
		return false
	}
	for i := range len(tag) {
		if c := tag[i]; !alphanumeric(c) && c != '_' && c != '.' && c != '-' && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// validRepository checks components of lower-case letters and digits, which single
// dots, one or two underscores, or any number of hyphens separate.
func validRepository(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || !alphanumeric(part[0]) || !alphanumeric(part[len(part)-1]) {
			return false
		}
		for i := 0; i < len(part); {
			start := i
			for i < len(part) && !alphanumeric(part[i]) {
				i++
			}
			switch separator := part[start:i]; {
			case separator == "", separator == ".", separator == "_", separator == "__":
			case strings.Trim(separator, "-") == "":
			default:
				return false
			}
			for i < len(part) && alphanumeric(part[i]) {
				i++
			}
		}
	}
	return true
}

func validRegistry(registry string) bool {
	host := registry
	if i := strings.LastIndexByte(registry, ':'); i >= 0 && !strings.HasSuffix(registry, "]") {
		host = registry[:i]
		if port := registry[i+1:]; port == "" || strings.Trim(port, "0123456789") != "" {
			return false
		}
	}
	if address, ok := strings.CutPrefix(host, "["); ok {
		address, closed := strings.CutSuffix(address, "]")
		return closed && address != "" && strings.Trim(address, "0123456789abcdefABCDEF:.") == ""
	}
	for part := range strings.SplitSeq(host, ".") {
		if strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" ||
			part == "" || part[0] == '-' || part[len(part)-1] == '-' {
			return false
		}
	}
	return true
}

func alphanumeric(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
