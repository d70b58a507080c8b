"""Give an exported model the RoIAlign it was trained with.

torchvision's Mask R-CNN is trained with roi_align(aligned=False), which samples features half a cell off the pixel grid. Its export
to ONNX opset 16 leaves out the attribute that says so, and the default of that opset is the other convention: boxes then lie
about 1.7 px to the right of and below the particles. This writes the attribute; weights stay as they are.

    python correct_roi_align.py exported.onnx corrected.onnx
"""

import sys

import onnx


def correct(model: onnx.ModelProto) -> int:
    nodes = [node for node in model.graph.node if node.op_type == "RoiAlign"]
    for node in nodes:
        names = {attribute.name for attribute in node.attribute}
        if "coordinate_transformation_mode" not in names:
            mode = onnx.helper.make_attribute("coordinate_transformation_mode", "output_half_pixel")
            node.attribute.append(mode)
    return len(nodes)


if __name__ == "__main__":
    source, target = sys.argv[1:]
    model = onnx.load(source)
    print(f"{correct(model)} RoiAlign nodes")
    onnx.checker.check_model(model)
    onnx.save(model, target)
