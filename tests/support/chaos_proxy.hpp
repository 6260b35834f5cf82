// SPDX-License-Identifier: MIT
#pragma once

// A bad line between a client and a server: real sockets, with faults.

#include <patio/patio.hpp>

#include <cstddef>
#include <cstdint>

namespace patio::test_support {

/// How a line breaks, and when. Each setter changes one thing and returns the object.
class chaos {
public:
    enum class fault : std::uint8_t {
        none,
        half_close,  ///< the server's side ends, the client may go on sending
        reset,       ///< both connections are reset (RST)
        silence,     ///< nothing goes through any more, and nobody hears of it
        drop,        ///< what the server sends vanishes; its end still arrives
    };

    /// Every piece arrives this much later.
    chaos& latency(duration length) {
        latency_ = length;
        return *this;
    }
    /// Every piece is at most so long.
    chaos& slice_bytes(std::size_t count) {
        slice_bytes_ = count;
        return *this;
    }
    /// Breaks after that many bytes from the server.
    chaos& break_after(std::size_t bytes, fault how) {
        break_after_ = bytes;
        fault_ = how;
        return *this;
    }

private:
    friend class chaos_line;
    duration latency_;
    std::size_t slice_bytes_ = 64 * 1024;
    std::size_t break_after_ = static_cast<std::size_t>(-1);
    fault fault_ = fault::none;
};

/// A server that passes everything on to another one, over the line that `how` describes. It is
/// cancelled with the program's root group.
async<server> start_chaos_proxy(endpoint target, chaos how);

}  // namespace patio::test_support
