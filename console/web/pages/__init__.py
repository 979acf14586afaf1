"""The pages, one module per part of the console. Each offers `routes()`; `console.web.app` mounts them."""
