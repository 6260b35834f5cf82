// SPDX-License-Identifier: MIT
#pragma once

// The whole server, from its start to its orderly end.

#include "options.hpp"

#include <patio/base/unique_function.hpp>
#include <patio/core/async.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/io/endpoint.hpp>

namespace chat {

/// Serves until `stop` is set, then tells everybody to come back and ends within `stop_grace`.
/// `on_ready` hears where it listens.
///
/// **Borrows** the event until it returns.
/// **Fails** with `patio::error`, if the file or the port cannot be had.
/// **Cancel** ends at once; what was acknowledged is stored.
patio::async<> serve(options how, patio::event& stop,
                     patio::unique_function<void(const patio::endpoint&)> on_ready);

}  // namespace chat
