// SPDX-License-Identifier: MIT
#pragma once

// Fields that were read become fields of a message.

#include "../wire_http/head.hpp"

#include <patio/http/headers.hpp>

namespace patio::http::detail {

struct headers_access {
    /// Replaces all by fields that a parser has judged; each is a view of its own line, and so are
    /// the bytes between them. Where they stand as they would be written, which is nearly always,
    /// that is one copy.
    static void assign(headers& to, wire::http::fields from);

private:
    /// **Returns** whether they stand so; then the places are noted, and the lines are not.
    static bool note_places(headers& to, wire::http::fields from);
};

}  // namespace patio::http::detail
