// SPDX-License-Identifier: Apache-2.0
//
// Checkpoint files (docs/checkpoint.md): a header that people can read, naming what the run was,
// and the state's image. A file goes with one program and one set of inputs; everything else is
// refused with a line.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace fp::platform {

// "program: 5f3c...", "in p0: 4711 bytes, crc32 0x1234abcd": what must be the same in the run that
// is saved and in the one that goes on. Names and values without line ends.
using RunTraits = std::vector<std::pair<std::string, std::string>>;

struct Checkpoint {
  RunTraits traits;
  uint64_t cycle = 0;  // from READY
  std::vector<uint8_t> image;
};

// Writes `path` in one piece: it is there whole or, after an error, as it was before. Throws
// io::EnvironmentError.
void write_checkpoint(const std::string& path, const Checkpoint& checkpoint);

// Reads a file's bytes (`name` is for messages). Throws io::InputError; sizes are checked before
// memory is taken, the checksum before anything else is believed.
Checkpoint parse_checkpoint(const std::string& name, std::span<const uint8_t> file);
Checkpoint read_checkpoint(const std::string& path);

// Throws io::InputError naming the first trait in which the file and this run differ.
void require_same(const std::string& path, const RunTraits& found, const RunTraits& expected);

// Identity of the running program: the linker's build id. Two builds of the same sources by the
// same tools have the same.
std::string program_id();

// "SIZE bytes, crc32 0xVALUE" of a file's content. Throws io::InputError.
std::string file_digest(const std::string& path);

}  // namespace fp::platform
