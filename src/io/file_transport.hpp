// SPDX-License-Identifier: MIT
#pragma once

// Streams whose bytes go through descriptors as they are: sockets, pipes.

#include "open_file.hpp"

#include <patio/core/transport.hpp>

#include <cstdint>

namespace patio::detail {

/// What the kernel may move bytes from and to by itself.
class PATIO_EXPORT file_transport : public transport {
public:
    /// What is read from, and what is written to: the same for a socket. Closed if there is none.
    [[nodiscard]] virtual const open_file& input() const noexcept = 0;
    [[nodiscard]] virtual const open_file& output() const noexcept = 0;

    /// Through a pipe of the kernel's, if `source` is of this kind.
    async<bool> write_all_from(transport& source, std::uint64_t& count) override;
};

}  // namespace patio::detail
