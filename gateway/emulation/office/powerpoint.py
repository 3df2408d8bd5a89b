"""PowerPoint's objects, over the texts of the slides."""

from __future__ import annotations

import ntpath

from gateway.emulation.automation.values import Value
from gateway.emulation.office.content import Content
from gateway.emulation.office.shared import (
    application_members,
    code_project,
    property_bag,
    shape_models,
)
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.world import World


def powerpoint(world: World, content: Content, path: str) -> tuple[Model, Model]:
    """The presentation, and the application that shows it."""
    shapes = Model(world, "Shapes", rows=shape_models(world, content))
    shapes.names = [shape.get("name", "").lower() for shape in content.shapes]
    slides: list[Value] = [
        Model(world, "Slide", {"shapes": shapes, "name": f"Slide{number}"})
        for number in range(1, max(2, len(content.paragraphs) + 1))
    ]
    presentation = Model(world, "Presentation", value=ntpath.basename(path))
    presentation.given |= {
        "name": ntpath.basename(path),
        "fullname": path,
        "path": ntpath.dirname(path),
        "slides": Model(world, "Slides", rows=slides),
        "builtindocumentproperties": property_bag(world, content.properties),
        "customdocumentproperties": property_bag(world, content.custom_properties),
        "vbproject": code_project(world, content),
    }
    application = Model(world, "Application", value="Microsoft PowerPoint")
    application.given |= application_members(world, "Microsoft PowerPoint")
    application.given |= {
        "activepresentation": presentation,
        "presentations": Model(world, "Presentations", rows=[presentation]),
        "slideshowwindows": Model(world, "SlideShowWindows"),
    }
    return presentation, application
