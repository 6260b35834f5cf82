// SPDX-License-Identifier: MIT

#include <patio/io/bytes_codec.hpp>

#include <patio/core/error.hpp>

namespace patio {

void bytes_reader::throw_cut() {
    throw error{errc::malformed, "reading a value from fewer bytes than it needs"};
}

}  // namespace patio
