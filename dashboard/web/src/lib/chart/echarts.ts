/** The parts of the chart library that are used; loaded only where a chart is shown. */
import { LineChart, ScatterChart } from 'echarts/charts';
import {
	AriaComponent,
	DataZoomInsideComponent,
	GridComponent,
	MarkLineComponent,
	TitleComponent,
	TooltipComponent
} from 'echarts/components';
import { init, use } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';

use([
	AriaComponent,
	CanvasRenderer,
	DataZoomInsideComponent,
	GridComponent,
	LineChart,
	MarkLineComponent,
	ScatterChart,
	TitleComponent,
	TooltipComponent
]);

export { init };
