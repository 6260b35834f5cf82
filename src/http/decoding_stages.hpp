// SPDX-License-Identifier: MIT
#pragma once

// One coding each.

#include "coding.hpp"

#include <patio/base/bytes.hpp>

#include <memory>

namespace patio::http::detail {

struct stage_step {
    coding_step step;
    coding_fault fault = coding_fault::none;
};

class decoding_stage {
public:
    virtual ~decoding_stage() = default;
    /// Reads all of the input or fills the room, which is not empty.
    virtual stage_step run(byte_view input, byte_span room) = 0;
    /// Whether the input may end here.
    [[nodiscard]] virtual bool is_complete() const noexcept = 0;
    virtual coding_fault reset() = 0;
};

/// Null if there is no memory.
[[nodiscard]] std::unique_ptr<decoding_stage> make_decoding_stage(coding of);

}  // namespace patio::http::detail
